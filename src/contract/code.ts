import type { Json } from '../message/json-value.ts'

/** A piece of TypeScript. It is made by `code` only, so that no text of a document becomes code. */
export class Code {
  readonly text: string
  /** Names that it uses, with the entry point that gives them. */
  readonly imports: ReadonlyMap<string, string>

  private constructor(text: string, imports: ReadonlyMap<string, string>) {
    this.text = text
    this.imports = imports
  }

  /** See `code`. */
  static of(parts: readonly string[], values: readonly (Json | Code)[]): Code {
    const imports = new Map<string, string>()
    let text = parts[0] ?? ''
    for (const [index, value] of values.entries()) {
      if (value instanceof Code) for (const [name, entry] of value.imports) imports.set(name, entry)
      text += (value instanceof Code ? value.text : literal(value)) + (parts[index + 1] ?? '')
    }
    return new Code(text, imports)
  }

  /** A name that `entry` (such as `isthmus`) exports. */
  static imported(
    name: 'read' | 'idempotent' | 'compensable' | 'irreversible' | 'env' | 'secret' | 'sqlText',
    entry: string,
  ): Code {
    return new Code(name, new Map([[name, entry]]))
  }

  /** A tagged template. The texts become nothing but text, whatever stands in them. */
  static template(tag: Code, texts: readonly string[], values: readonly Code[]): Code {
    const escaped = texts.map(text => text.replace(/[`\\]|\$(?=\{)/g, '\\$&').replaceAll('\r', '\\r'))
    const parts = escaped.map(
      (text, index) => (index === 0 ? '`' : '}') + text + (index < values.length ? '${' : '`'),
    )
    return Code.of(['', ...parts], [tag, ...values])
  }

  /** The property of an object: `data.name`, or `data["a name"]`. */
  static property(object: string, name: string): Code {
    if (!/^[A-Za-z_$][\w$]*$/.test(object)) throw new RangeError(`no identifier: ${object}`)
    return new Code(
      /^[A-Za-z_$][\w$]*$/.test(name) ? `${object}.${name}` : `${object}[${literal(name)}]`,
      new Map(),
    )
  }
}

/** Code with values in it: JSON becomes a literal, code stays what it is. `` code`data => ${Code.property('data', name)}` `` */
export function code(parts: TemplateStringsArray, ...values: readonly (Json | Code)[]): Code {
  return Code.of(parts, values)
}

/** Single quotes, as people write them; U+2028 and U+2029 stay escaped. */
function literal(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value).replace(/[\u2028\u2029]/g, escaped)
  const inner = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${inner.replace(/[\u2028\u2029]/g, escaped)}'`
}

function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16)}`
}
