export { findDistinct, measure, relabel, spread, takePresent, writePresence } from "./column";
export { decodeDelta, encodeDelta } from "./delta";
export { countOnes, decodeHybrid, packCodes } from "./hybrid";
export { readLines } from "./kv";
export { quantiles } from "./quantiles";
export { findGaps, findRepeats, invertRoots, judge, scatter } from "./rows";
export { compress, compressScratch, decompress } from "./snappy";
export { finish, mayRound, mergeBlocks, summariseBlocks, takeEvery } from "./windows";
