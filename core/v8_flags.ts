/**
 * How V8 runs: the same in main and in each child, as Deno keeps what V8 has compiled of a module for processes of the
 * same flags. It is kept as compiled when the module is loaded. So all functions are compiled then, not each when it is
 * first called, which every run would do anew. A compiled binary keeps nothing, and has flags of its own.
 */
export const V8_FLAGS = "--expose-gc,--no-lazy";
