import type { Codec } from '../../message/codec/codec.ts'
import { group, many, type Part, token } from '../../message/codec/document/part.ts'
import { Material, MaterialClass } from '../canonical/material.ts'
import { consuming, MaterialIssue, ProductionReport, WorkOrder } from '../canonical/production.ts'
import { MaterialLots } from '../canonical/stock.ts'
import { partsOf } from '../document-parts.ts'
import type { Model } from '../model.ts'
import { type B2mmlOptions, b2mmlCodec, type Fields, type Shape } from './codec.ts'

/** Material definitions: lists of Material. */
export function materials(options: B2mmlOptions = {}): Codec {
  return b2mmlCodec(ofMaterial('MaterialDefinition', partsFor(Material, options)), options)
}

/** Material classes: lists of MaterialClass. */
export function materialClasses(options: B2mmlOptions = {}): Codec {
  return b2mmlCodec(ofMaterial('MaterialClass', partsFor(MaterialClass, options)), options)
}

/** Each a document or a noun of its own, or several in one that informs of materials. */
function ofMaterial(noun: string, parts: readonly Part[]): Shape[] {
  const information: Shape = {
    noun: 'MaterialInformation',
    parts: [many(group(noun, 'items', parts))],
    hasVerbs: false,
    spread: ({ items = [] }) => ({ records: items as Fields[] }),
    gather: records => [{ items: records }],
  }
  return [alone(noun, parts), information]
}

/** Lots and sublots of materials: lists of MaterialLots. */
export function materialLots(options: B2mmlOptions = {}): Codec {
  return b2mmlCodec([alone('MaterialInformation', partsFor(MaterialLots, options))], options)
}

/** Operations schedules, whose requests are work orders: lists of WorkOrder. */
export function workOrders(options: B2mmlOptions = {}): Codec {
  const parts = [
    token('ID', 'schedule'),
    many(group('OperationsRequest', 'items', partsFor(WorkOrder, options))),
  ]
  const keys = { shared: 'schedule', key: 'workOrderNo' }
  return b2mmlCodec([together('OperationsSchedule', parts, keys)], options)
}

/** Operations performances, whose responses are reports: lists of ProductionReport. One response alone is read, too. */
export function productionReports(options: B2mmlOptions = {}): Codec {
  const parts = partsFor(ProductionReport, options)
  const performance = [token('ID', 'performance'), many(group('OperationsResponse', 'items', parts))]
  const keys = { shared: 'performance', key: 'reportNo' }
  return b2mmlCodec(
    [together('OperationsPerformance', performance, keys), onlyRead(alone('OperationsResponse', parts))],
    options,
  )
}

/** What operations performances say of material that was consumed, segment by segment: lists of MaterialIssue. */
export function materialIssues(options: B2mmlOptions = {}): Codec {
  const response = [
    token('ID', 'responseNo'),
    token('OperationsRequestID', 'workOrderNo'),
    many(group('SegmentResponse', 'segments', partsFor(MaterialIssue, options))),
  ]
  const parts = [token('ID', 'performance'), many(group('OperationsResponse', 'items', response))]
  const keys = { shared: 'performance', key: 'issueNo' }
  const whole: Shape = {
    ...together('OperationsPerformance', parts, keys),
    spread({ performance, items = [] }) {
      const found = (items as Fields[]).map(issuesOf)
      const records = found.flatMap(each => each.records)
      return { records: shared(records, performance, keys), unmapped: found.flatMap(each => each.unmapped) }
    },
    gather: records =>
      grouped(records, keys).map(({ performance, items }) => ({
        performance,
        items: (items as Fields[]).map(responseOf),
      })),
  }
  const one: Shape = { ...alone('OperationsResponse', response), spread: issuesOf }
  return b2mmlCodec([whole, onlyRead(one)], options)
}

/** An issue is the one segment of a response, with the same number. */
function responseOf(issue: Fields): Fields {
  return { responseNo: issue.issueNo, segments: [issue] }
}

function issuesOf(response: Fields): { records: Fields[]; unmapped: string[] } {
  const unmapped: string[] = []
  const records = ((response.segments ?? []) as Fields[]).flatMap(segment => {
    const lines = (segment.lines ?? []) as Fields[]
    const consumed = lines.filter(({ use }) => (consuming as readonly unknown[]).includes(use))
    for (const { use } of lines)
      if (!(consuming as readonly unknown[]).includes(use))
        unmapped.push(`SegmentResponse/MaterialActual[MaterialUse=${use ?? ''}]`)
    if (response.responseNo !== segment.issueNo) unmapped.push('OperationsResponse/ID')
    if (consumed.length > 0)
      return [
        withField(
          { ...segment, lines: consumed },
          'workOrderNo',
          segment.workOrderNo ?? response.workOrderNo,
        ),
      ]
    unmapped.push(`SegmentResponse[ID=${segment.issueNo}]`)
    return []
  })
  return { records, unmapped }
}

/** A noun is a record. */
function alone(noun: string, parts: readonly Part[]): Shape {
  return {
    noun,
    parts,
    hasVerbs: true,
    spread: record => ({ records: [record] }),
    gather: records => records,
  }
}

function onlyRead(shape: Shape): Shape {
  return { ...shape, hasVerbs: false, gather: () => undefined }
}

/** The number of the noun, which all its records share, and of a record. */
interface Keys {
  readonly shared: string
  readonly key: string
}

/** A noun has several records. A record without a noun of its own is alone in one, under the record's own number. */
function together(noun: string, parts: readonly Part[], keys: Keys): Shape {
  return {
    noun,
    parts,
    hasVerbs: true,
    spread: ({ items = [], [keys.shared]: number }) => ({ records: shared(items as Fields[], number, keys) }),
    gather: records => grouped(records, keys),
  }
}

function shared(records: readonly Fields[], number: unknown, { shared, key }: Keys): Fields[] {
  const isOwn = records.length === 1 && records[0]?.[key] === number
  return records.map(record => (isOwn ? record : withField(record, shared, number)))
}

function grouped(records: readonly Fields[], { shared, key }: Keys): Fields[] {
  const groups = new Map<unknown, Fields[]>()
  for (const { [shared]: value, ...record } of records) {
    const number = value ?? record[key]
    const items = groups.get(number)
    if (items) items.push(record)
    else groups.set(number, [record])
  }
  return [...groups].map(([number, items]) => ({ [shared]: number, items }))
}

function withField(record: Fields, field: string, value: unknown): Fields {
  return value === undefined ? record : { ...record, [field]: value }
}

function partsFor({ jsonSchema }: Pick<Model, 'jsonSchema'>, { units }: B2mmlOptions): Part[] {
  return partsOf(jsonSchema, {
    standard: 'B2MML',
    behind: {
      QuantityString: ['DataType', 'decimal'],
      ValueString: ['DataType', 'Text'],
      Location: ['LocationType', 'Operational Location'],
    },
    words: { unit: units, baseUnit: units },
  })
}
