import { Type } from 'typebox'
import { model } from '../model.ts'
import { bod } from './bod.ts'
import { code, dateTime, decimal, duration, id, list, maybe, quantity, text, unmapped } from './values.ts'

/** Source: B2MML, EquipmentLevel. */
const site = Type.Object(
  {
    id: id('B2MML EquipmentID'),
    level: code('B2MML EquipmentLevel', [
      ...(['Enterprise', 'Site', 'Area', 'ProcessCell', 'Unit', 'ProductionLine', 'WorkCell'] as const),
      ...(['ProductionUnit', 'StorageZone', 'StorageUnit', 'WorkCenter', 'WorkUnit'] as const),
      ...(['EquipmentModule', 'ControlModule', 'Other'] as const),
    ]),
  },
  { title: 'Site', $comment: 'B2MML HierarchyScope' },
)

const operations = maybe(
  code('B2MML OperationsType', ['Production', 'Maintenance', 'Quality', 'Inventory', 'Mixed', 'Other']),
)

/** Source: B2MML, RequestState. */
const requestState = (term: string) =>
  code(term, [
    ...(['Forecast', 'Released', 'Waiting', 'Cancelled', 'Ready', 'Running', 'Completed'] as const),
    ...(['Aborted', 'Held', 'Suspended', 'Closed', 'Other'] as const),
  ])

/** Source: B2MML, ResponseState. */
const responseState = (term: string) =>
  code(term, [
    ...(['Waiting', 'Ready', 'Running', 'Completed', 'Aborted', 'Held', 'Paused'] as const),
    ...(['Suspended', 'Closed', 'Other'] as const),
  ])

export const consuming = ['Consumable', 'Consumed', 'Material Consumed'] as const

/** Source: B2MML, MaterialUse. */
const materialUse = code('B2MML MaterialUse', [
  ...consuming,
  ...(['Produced', 'By-product Produced', 'Co-product Produced', 'Yield Produced'] as const),
  ...(['Material Produced', 'Destructive Sample', 'Returned Sample', 'Retained Sample'] as const),
  ...(['Inventoried', 'Other'] as const),
])

const materialLine = {
  lineNo: id('B2MML ID'),
  material: maybe(id('B2MML MaterialDefinitionID')),
  lotNo: maybe(id('B2MML MaterialLotID')),
  descriptions: maybe(list(text('B2MML Description'))),
  use: maybe(materialUse),
  location: maybe(text('B2MML StorageLocation/Location')),
  quantity: maybe(quantity('B2MML Quantity')),
}

const workers = (term: string) =>
  Type.Object(
    {
      lineNo: id('B2MML ID'),
      classes: maybe(list(id('B2MML PersonnelClassID'))),
      employees: maybe(list(id('B2MML PersonID'))),
      quantity: maybe(quantity('B2MML Quantity')),
    },
    { $comment: term },
  )

const equipment = (term: string) =>
  Type.Object(
    {
      lineNo: id('B2MML ID'),
      classes: maybe(list(id('B2MML EquipmentClassID'))),
      equipment: maybe(list(id('B2MML EquipmentID'))),
      quantity: maybe(quantity('B2MML Quantity')),
    },
    { $comment: term },
  )

const operation = Type.Object(
  {
    id: id('B2MML ID'),
    descriptions: maybe(list(text('B2MML Description'))),
    earliestStart: maybe(dateTime('B2MML EarliestStartTime')),
    latestEnd: maybe(dateTime('B2MML LatestEndTime')),
    processSegment: id('B2MML ProcessSegmentID'),
    duration: maybe(duration('B2MML Duration')),
    definition: id('B2MML OperationsDefinitionID'),
    segment: id('B2MML OperationsSegmentID'),
    state: maybe(requestState('B2MML SegmentState')),
    workers: maybe(list(workers('B2MML PersonnelRequirement'))),
    equipment: maybe(list(equipment('B2MML EquipmentRequirement'))),
    materials: maybe(list(Type.Object(materialLine, { $comment: 'B2MML MaterialRequirement' }))),
  },
  { $comment: 'B2MML SegmentRequirement' },
)

/** What is to be made: by when, in which operations, of what. */
export const WorkOrder = model('WorkOrder', {
  version: 1,
  key: 'workOrderNo',
  schema: Type.Object(
    {
      workOrderNo: id('B2MML ID'),
      descriptions: maybe(list(text('B2MML Description'))),
      revision: maybe(id('B2MML Version')),
      start: maybe(dateTime('B2MML StartTime')),
      end: maybe(dateTime('B2MML EndTime')),
      site: maybe(site),
      operations,
      priority: maybe(decimal('B2MML Priority')),
      state: maybe(requestState('B2MML RequestState')),
      definition: maybe(id('B2MML OperationsDefinitionID')),
      segments: list(operation, { minItems: 1 }),
      /** The schedule that it is part of; one without is the only one of its own. */
      schedule: maybe(id('B2MML /OperationsSchedule/ID')),
      message: maybe(bod),
      unmapped,
    },
    { $comment: 'B2MML OperationsRequest' },
  ),
  pii: ['segments.workers.employees'],
})

const performed = Type.Object(
  {
    id: id('B2MML ID'),
    descriptions: maybe(list(text('B2MML Description'))),
    postedAt: maybe(dateTime('B2MML PostingDate')),
    start: maybe(dateTime('B2MML ActualStartTime')),
    end: maybe(dateTime('B2MML ActualEndTime')),
    processSegment: maybe(id('B2MML ProcessSegmentID')),
    requirement: maybe(id('B2MML SegmentRequirementID')),
    state: maybe(responseState('B2MML SegmentState')),
    workers: maybe(list(workers('B2MML PersonnelActual'))),
    equipment: maybe(list(equipment('B2MML EquipmentActual'))),
    materials: maybe(list(Type.Object(materialLine, { $comment: 'B2MML MaterialActual' }))),
  },
  { $comment: 'B2MML SegmentResponse' },
)

/** What was made of a work order, with what it took. */
export const ProductionReport = model('ProductionReport', {
  version: 1,
  key: 'reportNo',
  schema: Type.Object(
    {
      reportNo: id('B2MML ID'),
      descriptions: maybe(list(text('B2MML Description'))),
      start: maybe(dateTime('B2MML StartTime')),
      end: maybe(dateTime('B2MML EndTime')),
      site: maybe(site),
      operations,
      workOrderNo: maybe(id('B2MML OperationsRequestID')),
      state: maybe(responseState('B2MML ResponseState')),
      segments: list(performed, { minItems: 1 }),
      /** The document that it is part of. */
      performance: maybe(id('B2MML /OperationsPerformance/ID')),
      message: maybe(bod),
      unmapped,
    },
    { $comment: 'B2MML OperationsResponse' },
  ),
  pii: ['segments.workers.employees'],
})

const issuedLine = Type.Object(
  {
    ...materialLine,
    material: id('B2MML MaterialDefinitionID'),
    use: code('B2MML MaterialUse', [...consuming]),
    quantity: quantity('B2MML Quantity'),
  },
  { $comment: 'B2MML MaterialActual' },
)

/** Material that was taken for a work order. */
export const MaterialIssue = model('MaterialIssue', {
  version: 1,
  key: 'issueNo',
  schema: Type.Object(
    {
      issueNo: id('B2MML ID'),
      descriptions: maybe(list(text('B2MML Description'))),
      postedAt: maybe(dateTime('B2MML PostingDate')),
      issuedAt: maybe(dateTime('B2MML ActualEndTime')),
      processSegment: maybe(id('B2MML ProcessSegmentID')),
      workOrderNo: maybe(id('B2MML OperationsRequestID')),
      requirement: maybe(id('B2MML SegmentRequirementID')),
      lines: list(issuedLine, { minItems: 1 }),
      /** The document that it is part of. */
      performance: maybe(id('B2MML /OperationsPerformance/ID')),
      message: maybe(bod),
      unmapped,
    },
    { $comment: 'B2MML SegmentResponse' },
  ),
})
