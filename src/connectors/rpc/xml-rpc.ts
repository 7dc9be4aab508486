import { IsthmusError } from '../../errors.ts'
import { xml } from '../../message/codec/xml.ts'
import type { Namespaces } from '../../message/codec/xml-names.ts'
import { anyProperty } from '../../message/codec/xml-shape.ts'
import type { Dialect, Protocol, RpcReply } from './protocol.ts'
import { onlyChild, readValue } from './xml-rpc-read.ts'
import { writeParams } from './xml-rpc-write.ts'

/** Source: Apache ws-xmlrpc, vendor extensions. */
const extensions = 'http://ws.apache.org/xmlrpc/namespaces/extensions'

const responses = xml({ root: 'methodResponse' })

/** Source: xmlrpc.com/spec.md, with the extensions nil and i8. */
export function xmlRpc(dialect: Dialect): Protocol {
  const namespaces: Namespaces = dialect === 'apache' ? { ex: extensions } : {}
  const calls = xml({ root: 'methodCall', namespaces })
  return {
    contentType: 'text/xml',
    write({ method, params, tags = {} }) {
      const param = writeParams(params, tags, dialect).map(value => ({ value }))
      return calls.encode({ methodName: method, params: { param } })
    },
    read(body, expected) {
      const [kind, content] = onlyChild(responses.decode(body), 'the answer')
      if (kind === 'fault') return { byId: new Map(), whole: { error: faultIn(content) } }
      if (kind !== 'params') throw new IsthmusError('MSG-DECODE', 'an XML-RPC answer has params or a fault')
      return { byId: new Map(), whole: resultIn(content, expected) }
    },
  }
}

/** A method that gives nothing is answered by some servers without a param. */
function resultIn(params: unknown, expected: Parameters<Protocol['read']>[1]): RpcReply {
  if (typeof params === 'string' && params.trim() === '') return { result: null }
  const [, param] = onlyChild(params, 'params', 'param')
  const [, value] = onlyChild(param, 'param', 'value')
  return { result: readValue(value, { shape: expected, list: false }) }
}

function faultIn(fault: unknown) {
  const [, value] = onlyChild(fault, 'fault', 'value')
  const { faultCode, faultString } = (readValue(value, anyProperty) ?? {}) as Record<string, unknown>
  const isCode = typeof faultCode === 'number' || typeof faultCode === 'string'
  return {
    code: isCode ? faultCode : '',
    message: typeof faultString === 'string' ? faultString : '',
  }
}
