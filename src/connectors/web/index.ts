export * from '../http/exported.ts'
export type { WebChannels } from './channels.ts'
export type {
  BrowserOptions,
  Field,
  FieldOptions,
  Fields,
  FormOptions,
  LayoutOptions,
  ListOptions,
  LoginOptions,
  PageOptions,
  SubmitOptions,
  WebOptions,
} from './config.ts'
export { web } from './connector.ts'
