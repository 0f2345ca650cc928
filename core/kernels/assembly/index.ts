export { findDistinct, measure, spread, takePresent, writePresence } from "./column";
export { decodeDelta, encodeDelta } from "./delta";
export { countOnes, decodeHybrid, packCodes } from "./hybrid";
export { readLines } from "./kv";
export { beginQuantiles, quantiles } from "./quantiles";
export { rankDistinct, rankWhole } from "./ranks";
export { findGaps, findRepeats, groupRows, invertRoots, judge, makeSteps, scatter } from "./rows";
export { compress, compressScratch, decompress } from "./snappy";
export { finish, mayRound, mergeBlocks, summariseBlocks } from "./windows";
