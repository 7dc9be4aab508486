import { json } from '../../message/codec/json.ts'
import type { RpcError } from './outcome.ts'
import type { Protocol, RpcReply } from './protocol.ts'

const codec = json()

/** Source: JSON-RPC 2.0 specification. Numbers that JavaScript cannot hold come as the text of their digits. */
export const jsonRpc: Protocol = {
  contentType: codec.contentType,
  write: ({ id, method, params }) => codec.encode({ jsonrpc: '2.0', id, method, params }),
  join: requests => Buffer.from(`[${requests.map(each => Buffer.from(each).toString()).join()}]`),
  read(body) {
    const answer = codec.decode(body)
    const byId = new Map<unknown, RpcReply | undefined>()
    for (const each of [answer].flat()) {
      const reply = replyIn(each)
      if (!reply) continue
      const { id } = each as { id?: unknown }
      byId.set(id, byId.has(id) ? undefined : reply)
    }
    // A server that could not read what was sent does not know its id. Within a batch that may be any of its requests.
    const unread = isObject(answer) && answer.jsonrpc === '2.0' ? (answer.id ?? null) === null : false
    const reply = unread ? replyIn(answer) : undefined
    return { byId, whole: reply && 'error' in reply ? reply : undefined }
  },
}

/** Undefined for what is no reply. `"error": null` beside a result is tolerated, as older servers send it. */
function replyIn(value: unknown): RpcReply | undefined {
  if (!isObject(value)) return undefined
  if (value.error !== undefined && value.error !== null) return { error: errorIn(value.error) }
  return value.result === undefined ? undefined : { result: value.result }
}

function errorIn(value: unknown): RpcError {
  const { code, message } = isObject(value) ? value : { code: '', message: value }
  return {
    code: typeof code === 'number' || typeof code === 'string' ? code : '',
    message: typeof message === 'string' ? message : '',
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
