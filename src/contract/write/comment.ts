/** Columns that a comment may take, without its indentation. */
const width = 96

/** Lines of `/** ... *\/`; none for a text without words. */
export function docComment(text: string | undefined): string[] {
  const lines = wrapped(text ?? '', width)
  if (lines.length === 0) return []
  const [only = ''] = lines
  if (lines.length === 1) return [`/** ${only} */`]
  return ['/**', ...lines.map(line => ` * ${line}`), ' */']
}

export function lineComment(text: string): string[] {
  return wrapped(text, width).map(line => `// ${line}`)
}

/** For the end of a line that has code. */
export function shortComment(text: string): string {
  return `// ${tame(text)}`
}

/** Longest description that is taken over, in characters. */
const mostText = 600

function wrapped(text: string, columns: number): string[] {
  const words = tame(text).split(' ').filter(Boolean)
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line !== '' && line.length + word.length >= columns) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return line === '' ? lines : [...lines, line]
}

/**
 * One line of words that a comment can hold: nothing that ends it, no sign that is not seen or turns the direction of
 * the text (Unicode TR36), nothing that a compiler or runtime takes for an instruction.
 */
function tame(text: string): string {
  const short = text.length > mostText ? `${text.slice(0, mostText)} ...` : text
  return short
    .toWellFormed()
    .replace(/<\/?(?:p|br|ul|ol|li|b|i|em|strong|code|pre|h\d|div|span)\s*\/?>/gi, ' ')
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replaceAll('*/', '* /')
    .replaceAll('/*', '/ *')
    .replace(/@(?=ts-|jsx)/gi, '@ ')
    .replace(/source(?=MappingURL|URL)/gi, 'source ')
    .trim()
}
