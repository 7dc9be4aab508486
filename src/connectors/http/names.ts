import type { OptionNames } from '../../message/option-names.ts'
import type { EndpointOptions, HealthOptions, HttpOptions, Timeouts } from './config.ts'
import { tlsNames } from './tls.ts'

const timeoutNames: OptionNames<Timeouts> = { connect: true, firstByte: true, total: true }

const healthNames: OptionNames<HealthOptions> = { path: 'needed', every: true }

const endpointNames: OptionNames<EndpointOptions> = {
  urls: true,
  srv: true,
  addresses: true,
  refresh: true,
  health: healthNames,
}

export const httpNames: OptionNames<HttpOptions> = {
  auth: true,
  tls: tlsNames,
  timeouts: timeoutNames,
  endpoints: endpointNames,
  responseLimit: true,
}
