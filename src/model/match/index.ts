export {
  type Block,
  type KeyOptions,
  type NeighbourOptions,
  neighbours,
  sameKey,
  type TooLarge,
} from './blocks.ts'
export { chineseName, syllables } from './chinese.ts'
export { apart, daysApart } from './distance.ts'
export { damerau, jaroWinkler, levenshtein } from './edits.ts'
export type { FieldRule } from './field.ts'
export type { FieldWeights, Weights } from './learn.ts'
export { exact, type Likeness, likeness } from './likeness.ts'
export {
  type Deduplicated,
  type Explanation,
  type Linked,
  type Matcher,
  type MatcherOptions,
  matcher,
  type ScoredPair,
} from './matcher.ts'
export { nysiis, soundex, sounds } from './phonetic.ts'
export type { FieldEvidence } from './score.ts'
export {
  firstFilled,
  longest,
  type Merged,
  merge,
  mostFrequent,
  mostTrusted,
  newest,
  type Survivor,
} from './survivors.ts'
export { qgrams, rareWords, sameLetters, sameWords, words } from './words.ts'
