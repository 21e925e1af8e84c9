// Its target compiles the headers that all tests share.
