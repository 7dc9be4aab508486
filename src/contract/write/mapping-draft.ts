import type { Draft } from '../../model/suggest/draft.ts'
import { lineComment, shortComment } from './comment.ts'

export interface DraftNames {
  /** What the models are called in code, and the module they come from. */
  readonly from: { readonly name: string; readonly module: string }
  readonly to: { readonly name: string; readonly module: string }
  /** Of the constant. */
  readonly mapping: string
}

/**
 * A module with the mapping: what is sure, each with its confidence, and of the rest what it may be as comments. It does not
 * compile until each required field has been decided.
 */
export function writeMappingDraft(draft: ReadonlyMap<string, Draft>, names: DraftNames): string {
  const { from, to, mapping } = names
  const heading = lineComment(
    `A draft of a mapping from ${from.name} to ${to.name}. The figures say how sure each suggestion is, of 1. A field that is a comment is doubtful: ` +
      'decide for one of its lines or write your own. The file does not compile until every required field is decided.',
  )
  const imports =
    from.module === to.module
      ? [`import { ${[from.name, to.name].toSorted().join(', ')} } from ${JSON.stringify(from.module)}`]
      : [from, to].map(({ name, module }) => `import { ${name} } from ${JSON.stringify(module)}`)
  return [
    ...heading,
    `import { type DataOf, mapping } from 'isthmus'`,
    ...imports,
    '',
    `export const ${mapping} = mapping<DataOf<typeof ${from.name}>, DataOf<typeof ${to.name}>>(${to.name}, {`,
    ...[...draft].flatMap(([name, field]) => fieldLines(name, field, 'from => ').map(line => `  ${line}`)),
    '})',
    '',
  ].join('\n')
}

function fieldLines(name: string, field: Draft, given: string): string[] {
  const key = keyOf(name)
  switch (field.kind) {
    case 'value': {
      const near = field.others.filter(({ confidence }) => confidence > field.confidence - 0.2)
      const others = near.map(({ path, confidence }) => `${path} ${confidence}`).join(', ')
      const told = `${field.confidence}${others && `; else ${others}`}`
      return [`${key}: ${given}${field.code}, ${shortComment(told)}`]
    }
    case 'open':
      if (field.choices.length === 0) return [shortComment(`${name}: nothing was found`)]
      return field.choices.map(({ code, path, confidence }) =>
        shortComment(
          code === undefined
            ? `${name}: of a list, ${path} ${confidence}`
            : `${key}: ${given}${code}, // ${confidence}`,
        ),
      )
    default: {
      const inner = [...field.fields]
        .flatMap(([each, draft]) => fieldLines(each, draft, ''))
        .map(line => `  ${line}`)
      const [open, close] =
        field.kind === 'list'
          ? [`${field.of}({`, '})),']
          : [given === '' ? '{' : '({', given === '' ? '},' : '}),']
      return [`${key}: ${given}${open}`, ...inner, close]
    }
  }
}

/** In brackets, `__proto__` is a field as any other. */
function keyOf(name: string): string {
  if (name === '__proto__') return '["__proto__"]'
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : JSON.stringify(name)
}
