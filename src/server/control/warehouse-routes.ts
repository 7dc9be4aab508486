import { WarehouseAnswer, WarehouseOrder } from '../operations/pipelines/warehouse-schemas.ts'
import { type ControlRoute, route } from './route.ts'

export const warehouseRoutes: readonly ControlRoute[] = [
  route('/api/v1/warehouse/query', 'Rows of a warehouse, by a query that changes nothing', {
    needs: 'payload',
    // A query may give any column whatever name: what is personal in its rows cannot be masked.
    more: () => ['personal'],
    body: WarehouseOrder,
    answer: WarehouseAnswer,
    handle: ({ operations }, { body }) => operations.pipelines.query(body),
  }),
]
