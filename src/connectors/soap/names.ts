import type { OptionNames } from '../../system/option-names.ts'
import { httpNames } from '../http/names.ts'
import type { OperationOptions, OperationProbe, Probe, SendOptions, SoapOptions } from './config.ts'

export const soapNames: OptionNames<SoapOptions> = {
  ...httpNames,
  wsdl: true,
  url: true,
  port: true,
  security: true,
  header: true,
  headers: true,
  faults: true,
}

export const probeNames: OptionNames<Probe> = {
  operation: true,
  port: true,
  body: true,
  done: true,
  absent: true,
}

export const sendNames: OptionNames<SendOptions & { readonly probe?: Probe }> = {
  operation: true,
  port: true,
  body: true,
  header: true,
  effect: true,
  faults: true,
  concurrency: true,
  probe: probeNames,
}

export const operationNames: OptionNames<OperationOptions & { readonly probe?: OperationProbe }> = {
  ...sendNames,
  request: true,
  response: true,
  result: true,
  probe: { ...probeNames, result: true },
}
