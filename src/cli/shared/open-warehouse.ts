import { IsthmusError } from '../../errors.ts'
import type { Landscape } from '../../flow/landscape.ts'
import { Redactor } from '../../observe/redactor.ts'
import { connectBriefly } from '../../server/brief-connection.ts'
import type { Environment } from '../../server/configuration.ts'
import { guardLandscape } from '../../server/connector-guard.ts'
import type { Warehouse } from '../../system/warehouse.ts'

/** A warehouse of a landscape, beside a stopped instance. */
export async function openWarehouse(
  landscape: Landscape,
  name: string,
  environment: Environment,
): Promise<{ readonly warehouse: Warehouse; close(): Promise<void> }> {
  const redactor = new Redactor()
  const system = guardLandscape(landscape, redactor).systems.find(each => each.name === name)
  if (!system) throw noWarehouse(name)
  const connection = await connectBriefly(system, environment, redactor)
  const warehouse = connection.warehouse?.()
  if (!warehouse) throw noWarehouse(name)
  return { warehouse, close: () => connection.close() }
}

function noWarehouse(name: string): IsthmusError {
  return new IsthmusError('CLI-USAGE', `There is no warehouse ${name} in the landscape.`)
}
