import { isTest, readSources } from './source-text.ts'

const longest = 500

/** What was made of the code by a program is nobody's to read. */
const generated = ['src/client/control-api.ts']

/** No source file over 500 lines; the median is told, since it should stay near 100. */
export function checkFiles(root: string): { problems: string[]; note: string } {
  const files = readSources(root, 'src/**/*.ts').filter(
    ({ path }) => !isTest(path) && !generated.includes(path),
  )
  const sizes = files.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
  const problems = sizes
    .filter(({ lines }) => lines > longest)
    .map(({ path, lines }) => `${path} has ${lines} lines; at most ${longest} are allowed`)
  const ordered = sizes.map(({ lines }) => lines).sort((a, b) => a - b)
  return { problems, note: `${sizes.length} files, median ${ordered[ordered.length >> 1] ?? 0} lines` }
}
