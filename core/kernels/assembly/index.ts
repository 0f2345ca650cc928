export { findDistinct, measure, relabel, spread, takePresent, writePresence } from "./column";
export { decodeDelta, encodeDelta } from "./delta";
export { countOnes, decodeHybrid, packCodes } from "./hybrid";
export { quantiles } from "./quantiles";
export { compress, compressScratch, decompress } from "./snappy";
export { mergeBlocks, summariseBlocks } from "./windows";
