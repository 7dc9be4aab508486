import { type TSchema, Type } from 'typebox'

/** The comment of each schema says its terms: see `Term`. */
const said = (terms: string) => ({ $comment: terms })

export const maybe = Type.Optional

export const text = (terms: string) => Type.String(said(terms))

/** A number, name or code that identifies: not empty. */
export const id = (terms: string) => Type.String({ minLength: 1, ...said(terms) })

/** Digits as they were written: `12.50`. Never a float. */
export const decimal = (terms: string) =>
  Type.String({ pattern: '^-?\\d+(\\.\\d+)?$', examples: ['12.50', '3'], ...said(terms) })

export const flag = (terms: string) => Type.Boolean(said(terms))

export const date = (terms: string) => Type.String({ format: 'date', ...said(terms) })

/** With an offset: `2026-05-01T08:00:00+08:00`. */
export const dateTime = (terms: string) => Type.String({ format: 'date-time', ...said(terms) })

/** Of a day that another field says; the offset may be missing. Source: XML Schema part 2, time. */
export const time = (terms: string) =>
  Type.String({
    pattern: '^\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})?$',
    examples: ['12:30:00', '08:00:00+08:00'],
    ...said(terms),
  })

/** Source: ISO 8601: `PT8H`. */
export const duration = (terms: string) =>
  Type.String({ format: 'duration', examples: ['PT8H'], ...said(terms) })

/** Source: ISO 3166-1, two letters. */
export const country = (terms: string) =>
  Type.String({ pattern: '^[A-Z]{2}$', examples: ['CN', 'DE'], ...said(terms) })

/** Source: ISO 4217, three letters. */
export const currency = (terms: string) =>
  Type.String({ pattern: '^[A-Z]{3}$', examples: ['CNY', 'EUR'], ...said(terms) })

/** Source: UN/ECE Recommendation 20 (and 21, for packages): `KGM`, `C62`, `XBX`. */
export const unit = (terms: string) =>
  Type.String({ pattern: '^[A-Z0-9]{1,3}$', examples: ['KGM', 'C62'], ...said(terms) })

export const code = <const V extends string[]>(terms: string, values: readonly [...V]) =>
  Type.Enum([...values] as [...V], said(terms))

export const list = <S extends TSchema>(items: S, options: { readonly minItems?: number } = {}) =>
  Type.Array(items, options)

/** An amount of something. `within` is the element of B2MML; of UBL it is the element itself. */
export const quantity = (terms: string) =>
  Type.Object(
    { value: decimal('UBL text(); B2MML QuantityString'), unit: unit('UBL @unitCode; B2MML UnitOfMeasure') },
    { title: 'Quantity', ...said(terms) },
  )

/** What a price is for: some leave out the unit, which is then that of the quantity. */
export const baseQuantity = (terms: string) =>
  Type.Object(
    { value: decimal('UBL text()'), unit: maybe(unit('UBL @unitCode')) },
    { title: 'Base quantity', ...said(terms) },
  )

export const amount = (terms: string) =>
  Type.Object(
    { value: decimal('UBL text()'), currency: currency('UBL @currencyID') },
    { title: 'Amount', ...said(terms) },
  )

/** An identifier with the scheme that it is of, and who keeps that: a GLN, a company number. */
export const identifier = (terms: string) =>
  Type.Object(
    {
      id: id('UBL text()'),
      scheme: maybe(text('UBL @schemeID')),
      agency: maybe(text('UBL @schemeAgencyID')),
    },
    { title: 'Identifier', ...said(terms) },
  )

export const classification = (terms: string) =>
  Type.Object(
    { code: id('UBL text()'), list: maybe(text('UBL @listID')), agency: maybe(text('UBL @listAgencyID')) },
    { title: 'Classification', ...said(terms) },
  )

/** Paths of what a document had and its record has no place for. It is never written. */
export const unmapped = maybe(list(text('Isthmus')))
