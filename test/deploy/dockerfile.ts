import assert from 'node:assert/strict'

interface Instruction {
  readonly keyword: string
  readonly text: string
}

/** What a Dockerfile says between one FROM and the next. */
export interface Stage {
  readonly base: string
  readonly instructions: readonly Instruction[]
  readonly env: Readonly<Record<string, string>>
  /** The text of the only instruction of this kind, or the last. */
  one(keyword: string): string
  all(keyword: string): readonly string[]
  /** In its form as a list. */
  exec(keyword: string): readonly string[]
}

/** By name; what stands before the first FROM is called `args`, a stage without a name ''. */
export function stagesOf(dockerfile: string): Record<string, Stage> {
  const lines = dockerfile
    .split('\n')
    .filter(line => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter(line => line.trim() !== '')
  const stages: Record<string, Stage> = {}
  let current = { name: 'args', base: '', instructions: [] as Instruction[] }
  const end = () => {
    stages[current.name] = stage(current.base, current.instructions)
  }
  for (const line of lines) {
    const [, keyword = '', text = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? assert.fail(line)
    if (keyword !== 'FROM') {
      current.instructions.push({ keyword, text })
      continue
    }
    end()
    const [, base = '', name = ''] = /^(\S+)(?: AS (\S+))?$/.exec(text) ?? assert.fail(line)
    current = { name, base, instructions: [] }
  }
  end()
  return stages
}

function stage(base: string, instructions: readonly Instruction[]): Stage {
  const all = (keyword: string) =>
    instructions.filter(each => each.keyword === keyword).map(({ text }) => text)
  const one = (keyword: string) => all(keyword).at(-1) ?? assert.fail(`no ${keyword}`)
  const pairs = all('ENV').flatMap(text => [...text.matchAll(/(\w+)=(\S+)/g)])
  return {
    base,
    instructions,
    env: Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value])),
    one,
    all,
    exec: keyword => JSON.parse(one(keyword)),
  }
}
