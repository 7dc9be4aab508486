export * from '../http/exported.ts'
export type { SoapChannels } from './channels.ts'
export type {
  CallContext,
  Headers,
  OperationOptions,
  OperationProbe,
  Probe,
  SendOptions,
  SoapOptions,
} from './config.ts'
export { soap } from './connector.ts'
export { defaultFaults, type Faults, type SoapFault } from './fault.ts'
export { type Security, type UsernameTokenOptions, usernameToken } from './security.ts'
