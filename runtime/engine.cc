// The engine: see engine.h.
