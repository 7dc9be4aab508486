export type { UblOptions } from './codec.ts'
export { despatchAdvice, inventoryReport, invoice, order, orderChange, orderResponse } from './documents.ts'
