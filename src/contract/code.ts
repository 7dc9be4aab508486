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

  /** A name that `entry` (such as `isthmus`) exports; never one out of a document. */
  static imported(name: string, entry: string): Code {
    if (!identifier.test(name)) throw new RangeError(`no identifier: ${name}`)
    return new Code(name, new Map([[name, entry]]))
  }

  /** Code one piece after another, with `between` among them. */
  static joined(pieces: readonly Code[], between: string): Code {
    const parts = ['', ...pieces.slice(1).map(() => between), '']
    return Code.of(pieces.length === 0 ? [''] : parts, pieces)
  }

  /** A template literal: texts stay texts. */
  static template(pieces: readonly (string | Code)[]): Code {
    const texts = pieces.map(piece => (typeof piece === 'string' ? templateText(piece) : `\${${piece.text}}`))
    const imports = pieces.flatMap(piece => (typeof piece === 'string' ? [] : [...piece.imports]))
    return new Code(`\`${texts.join('')}\``, new Map(imports))
  }

  /** The name of a property, as it stands in an object. */
  static name(name: string): Code {
    return new Code(propertyName(name), new Map())
  }

  /** The property of an object: `data.name`, or `data["a name"]`. */
  static property(object: string, name: string): Code {
    if (!identifier.test(object)) throw new RangeError(`no identifier: ${object}`)
    return new Code(identifier.test(name) ? `${object}.${name}` : `${object}[${literal(name)}]`, new Map())
  }
}

/** Code with values in it: JSON becomes a literal, code stays what it is. `` code`data => ${Code.property('data', name)}` `` */
export function code(parts: TemplateStringsArray, ...values: readonly (Json | Code)[]): Code {
  return Code.of(parts, values)
}

const identifier = /^[A-Za-z_$][\w$]*$/

/** As it stands before a colon. `__proto__:` would set the prototype of the object instead of a property. */
export function propertyName(name: string): string {
  if (name === '__proto__') return "['__proto__']"
  return identifier.test(name) ? name : literal(name)
}

function templateText(text: string): string {
  const inner = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replace(/`|\$(?=\{)/g, '\\$&')
  return inner.replace(/[\u2028\u2029]/g, escaped)
}

/** As people write it, in single quotes; U+2028 and U+2029 stay escaped. */
function literal(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).flatMap(([name, field]) =>
      field === undefined ? [] : [`${propertyName(name)}: ${literal(field)}`],
    )
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
  }
  if (typeof value !== 'string') return JSON.stringify(value)
  const inner = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${inner.replace(/[\u2028\u2029]/g, escaped)}'`
}

function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16)}`
}
