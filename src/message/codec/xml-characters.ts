/** Finds what cannot stand in XML 1.0, not even as a reference. Halves of surrogate pairs are sorted out elsewhere. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const noXmlCharacter = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/

/** Source: XML 1.0, production Char. */
export function isXmlCharacter(point: number): boolean {
  return point > 31 ? point !== 0xfffe && point !== 0xffff : point === 9 || point === 10 || point === 13
}
