import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import type { Model } from '../../model/model.ts'
import type { QueryOptions } from './address.ts'
import type { ShapeOptions } from './config.ts'
import { type EdmSet, type EdmType, typeOf } from './edm.ts'
import { type EntityFormat, fieldsOf, isRecord } from './entity.ts'

/** A part of a list as the service gave it. */
export interface Page {
  readonly items: readonly unknown[]
  /** Links, as they were given. */
  readonly next: string | undefined
  readonly delta: string | undefined
}

/** Throws TARGET-CONTRACT for what is no list. */
export function pageIn(body: unknown, channel: string): Page {
  const whole = isRecord(body) && 'd' in body ? body.d : body
  const items = Array.isArray(whole) ? whole : isRecord(whole) ? (whole.results ?? whole.value) : undefined
  if (!Array.isArray(items))
    throw new IsthmusError('TARGET-CONTRACT', `${channel} answered something that is no list of records`)
  const links = isRecord(whole) ? whole : {}
  const link = (...names: string[]) => names.map(name => links[name]).find(each => typeof each === 'string')
  return {
    items,
    next: link('@odata.nextLink', '@nextLink', '__next') as string | undefined,
    delta: link('@odata.deltaLink', '@deltaLink', '__delta') as string | undefined,
  }
}

/** One record or value, out of what V2 puts around it. */
export function singleIn(body: unknown): unknown {
  return isRecord(body) && 'd' in body ? body.d : body
}

/** Reads records of one set as a model wants them. */
export class Reading {
  readonly type: EdmType
  readonly #format: EntityFormat
  readonly #properties: Readonly<Record<string, unknown>> | undefined
  readonly #shape: ShapeOptions

  constructor(
    set: EdmSet,
    model: Model<unknown>,
    shape: ShapeOptions,
    format: EntityFormat,
    channel: string,
  ) {
    this.type = typeOf(format.edm, set.type, channel)
    this.#format = format
    this.#properties = propertiesIn(model.jsonSchema)
    this.#shape = shape
  }

  /** `$select` and `$expand`; `more` are fields that are needed besides. */
  query(more: readonly string[] = []): QueryOptions {
    const { expand = [] } = this.#shape
    const select = this.#select(more, expand)
    return {
      $select: select.length === 0 ? undefined : select.join(','),
      $expand: expand.length === 0 ? undefined : expand.join(','),
    }
  }

  /** Throws MSG-DECODE. */
  whole(json: unknown): Record<string, Json> {
    return this.#format.read(json, this.type.name)
  }

  /** Of what `whole` gave, the fields of the model. */
  fields(whole: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return fieldsOf(whole, this.#properties)
  }

  #select(more: readonly string[], expand: readonly string[]): string[] {
    const { properties, keys } = this.type
    const named = Object.keys(this.#properties ?? {}).filter(name => properties.has(name))
    const select = this.#shape.select ?? (named.length === properties.size ? [] : named)
    if (select.length === 0) return []
    const along = this.#format.version === 'V2' ? expand : []
    return [...new Set([...select, ...keys, ...more, ...along])]
  }
}

/** What a JSON Schema names as properties; undefined where it names none. */
export function propertiesIn(
  schema: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const items = isRecord(schema.items) ? schema.items : schema
  return isRecord(items.properties) ? items.properties : undefined
}
