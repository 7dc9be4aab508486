import type { HttpRequest } from '../http/call.ts'

/** One request of a batch; its id tells its answer from the others. */
export interface BatchPart {
  readonly id: string
  readonly request: HttpRequest
}
