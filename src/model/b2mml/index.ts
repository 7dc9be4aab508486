export type { B2mmlOptions } from './codec.ts'
export {
  materialClasses,
  materialIssues,
  materialLots,
  materials,
  productionReports,
  workOrders,
} from './documents.ts'
