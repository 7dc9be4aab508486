import { Type } from 'typebox'
import { model } from '../model.ts'
import { bod } from './bod.ts'
import { code, dateTime, id, list, maybe, quantity, text, unit, unmapped } from './values.ts'

/** Source: B2MML, DataType: the core component types of UN/CEFACT and the types of XML Schema. */
const dataType = code('B2MML DataType', [
  ...(['Amount', 'BinaryObject', 'Code', 'DateTime', 'Identifier', 'Indicator', 'Measure'] as const),
  ...(['Numeric', 'Quantity', 'Text', 'string', 'byte', 'unsignedByte', 'binary', 'integer'] as const),
  ...(['positiveInteger', 'negativeInteger', 'nonNegativeInteger', 'nonPositiveInteger'] as const),
  ...(['int', 'unsignedInt', 'long', 'unsignedLong', 'short', 'unsignedShort', 'decimal'] as const),
  ...(['float', 'double', 'boolean', 'time', 'timeInstant', 'timePeriod', 'duration', 'date'] as const),
  ...(['dateTime', 'month', 'year', 'century', 'recurringDay', 'recurringDate'] as const),
  ...(['recurringDuration', 'Name', 'QName', 'NCName', 'uriReference', 'language', 'ID'] as const),
  ...(['IDREF', 'IDREFS', 'ENTITY', 'ENTITIES', 'NOTATION', 'NMTOKEN', 'NMTOKENS'] as const),
  ...(['Enumeration', 'SVG', 'Other'] as const),
])

const value = Type.Object(
  {
    value: maybe(text('B2MML ValueString')),
    type: maybe(dataType),
    unit: maybe(unit('B2MML UnitOfMeasure')),
  },
  { $comment: 'B2MML Value' },
)

const property = (terms: string) =>
  Type.Object(
    {
      name: id('B2MML ID'),
      descriptions: maybe(list(text('B2MML Description'))),
      values: maybe(list(value)),
    },
    { $comment: terms },
  )

/** What is bought, made, stored or sold. */
export const Material = model('Material', {
  version: 1,
  key: 'materialNo',
  schema: Type.Object(
    {
      materialNo: id('B2MML ID; UBL /cac:Item/cac:SellersItemIdentification/cbc:ID'),
      revision: maybe(id('B2MML Version')),
      descriptions: maybe(list(text('B2MML Description; UBL /cac:Item/cbc:Name'))),
      publishedAt: maybe(dateTime('B2MML PublishedDate')),
      validFrom: maybe(dateTime('B2MML EffectiveStartDate')),
      validTo: maybe(dateTime('B2MML EffectiveEndDate')),
      baseUnit: maybe(unit('B2MML MaterialDefinitionProperty[ID=BaseUnitOfMeasure]/Value/ValueString')),
      properties: maybe(list(property('B2MML MaterialDefinitionProperty'))),
      classes: maybe(list(id('B2MML MaterialClassID'))),
      message: maybe(bod),
      unmapped,
    },
    { $comment: 'B2MML MaterialDefinition' },
  ),
})

/** What materials have in common. */
export const MaterialClass = model('MaterialClass', {
  version: 1,
  key: 'classNo',
  schema: Type.Object(
    {
      classNo: id('B2MML ID'),
      revision: maybe(id('B2MML Version')),
      descriptions: maybe(list(text('B2MML Description'))),
      publishedAt: maybe(dateTime('B2MML PublishedDate')),
      validFrom: maybe(dateTime('B2MML EffectiveStartDate')),
      validTo: maybe(dateTime('B2MML EffectiveEndDate')),
      bases: maybe(list(id('B2MML MaterialClassBaseID'))),
      properties: maybe(list(property('B2MML MaterialClassProperty'))),
      message: maybe(bod),
      unmapped,
    },
    { $comment: 'B2MML MaterialClass' },
  ),
})

const component = Type.Object(
  {
    lineNo: id('B2MML ID'),
    descriptions: maybe(list(text('B2MML Description'))),
    material: id('B2MML MaterialSpecificationID'),
    quantity: quantity('B2MML Quantity'),
  },
  { $comment: 'B2MML OperationsMaterialBillItem' },
)

/** Of what a product is made. */
export const BillOfMaterial = model('BillOfMaterial', {
  version: 1,
  key: 'billNo',
  schema: Type.Object(
    {
      billNo: id('B2MML ID'),
      descriptions: maybe(list(text('B2MML Description'))),
      revision: maybe(id('B2MML Version')),
      product: id('ISA-95 MaterialDefinition'),
      /** What the quantities of the components are for. */
      base: maybe(quantity('ISA-95 BillOfMaterial')),
      validFrom: maybe(dateTime('B2MML EffectiveStartDate')),
      validTo: maybe(dateTime('B2MML EffectiveEndDate')),
      components: list(component, { minItems: 1 }),
    },
    { $comment: 'B2MML OperationsMaterialBill' },
  ),
})
