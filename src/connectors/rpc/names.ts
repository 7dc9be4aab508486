import type { OptionNames } from '../../system/option-names.ts'
import { httpNames } from '../http/names.ts'
import type { CallOptions, ProcedureOptions, RpcOptions } from './config.ts'
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

export const sendNames: OptionNames<ProcedureOptions> = {
  method: 'needed',
  path: true,
  params: true,
  effect: 'needed',
  errors: true,
  tags: true,
  batch: true,
  concurrency: true,
}

export const callNames: OptionNames<CallOptions> = { ...sendNames, request: 'needed', response: true }
