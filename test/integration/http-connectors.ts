import { fileURLToPath } from 'node:url'
import { graphql } from '../../src/connectors/graphql/index.ts'
import type { HttpOptions } from '../../src/connectors/http/config.ts'
import { odata } from '../../src/connectors/odata/index.ts'
import { rest } from '../../src/connectors/rest/index.ts'
import { rpc } from '../../src/connectors/rpc/index.ts'
import { soap } from '../../src/connectors/soap/index.ts'
import type { Connector } from '../../src/system/connector.ts'
import { contextOf } from './http-harness.ts'

const wsdl = fileURLToPath(new URL('../../examples/soap/erp.wsdl', import.meta.url))

/** Each connector that speaks HTTP, with the same options. */
export const connectors: Readonly<
  Record<string, (options: HttpOptions & { readonly url: string }) => Connector<object>>
> = {
  rest,
  rpc: options => rpc({ ...options, protocol: 'json' }),
  soap: options => soap({ ...options, wsdl }),
  graphql,
  odata: options => odata({ ...options, version: 'V4' }),
}

/** Calls the system as `check` does, whatever it answers. */
export async function callOnce(connector: Connector<object>): Promise<void> {
  const connection = await connector.connect(contextOf())
  await connection.check().catch(() => undefined)
  await connection.close()
}
