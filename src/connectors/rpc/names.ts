import type { OptionNames } from '../../message/option-names.ts'
import { httpNames } from '../http/names.ts'
import type { CallOptions, CallProbe, Probe, ProcedureOptions, RpcOptions } from './config.ts'
import type { SessionOptions } from './session.ts'

const sessionNames: OptionNames<SessionOptions> = {
  method: 'needed',
  path: true,
  params: 'needed',
  token: true,
  header: true,
  expired: true,
}

export const rpcNames: OptionNames<RpcOptions> = {
  ...httpNames,
  url: 'needed',
  protocol: 'needed',
  session: sessionNames,
  errors: true,
  dialect: true,
}

const probeNames: OptionNames<Probe> = {
  method: 'needed',
  path: true,
  params: 'needed',
  done: 'needed',
  errors: true,
  tags: true,
}
const callProbeNames: OptionNames<CallProbe> = { ...probeNames, result: true }

export const notifyNames: OptionNames<ProcedureOptions> = {
  method: 'needed',
  path: true,
  params: true,
  effect: 'needed',
  errors: true,
  tags: true,
  batch: true,
  concurrency: true,
}

export const sendNames: OptionNames<ProcedureOptions & { readonly probe?: Probe }> = {
  ...notifyNames,
  probe: probeNames,
}

export const callNames: OptionNames<CallOptions & { readonly probe?: CallProbe }> = {
  ...notifyNames,
  request: 'needed',
  response: true,
  probe: callProbeNames,
}
