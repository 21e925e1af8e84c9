// Names interned per shard.
