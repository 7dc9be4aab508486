import type { ContractDocument } from '../../src/contract/contract.ts'
import { IsthmusError } from '../../src/errors.ts'

/** Documents by name, of which the first is given; they name one another. */
export function documentOf(files: Readonly<Record<string, string>>): ContractDocument {
  const open = (name: string): ContractDocument => {
    const text = files[name]
    if (text === undefined)
      throw new IsthmusError('CONTRACT-REFERENCE', `${name} cannot be loaded: not there.`)
    return { location: name, body: Buffer.from(text), load: async reference => open(reference) }
  }
  return open(Object.keys(files)[0] ?? '')
}

/** A schema of the namespace urn:t, which has the prefix t. */
export function schemaOf(content: string, attributes = 'elementFormDefault="qualified"'): string {
  return `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t" ${attributes}>${content}</xs:schema>`
}

export interface WsdlParts {
  readonly types?: string
  readonly messages: string
  /** Of the port type. */
  readonly operations: string
  /** Of the binding. */
  readonly bound: string
  readonly style?: 'document' | 'rpc'
  readonly version?: '1.1' | '1.2'
  readonly address?: string
}

/** A WSDL of the namespace urn:t with one port, P, of the service S. */
export function wsdlOf(parts: WsdlParts): string {
  const { types = '', messages, operations, bound, style = 'document', version = '1.1' } = parts
  const soap = version === '1.1' ? 'soap' : 'soap12'
  const address = parts.address ?? 'http://elsewhere.invalid/soap'
  return `<?xml version="1.0"?>
<wsdl:definitions name="Test" targetNamespace="urn:t" xmlns:t="urn:t" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
  xmlns:soap="http://schemas.xmlsoap.org/wsdl/${soap}/" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <wsdl:types>${types === '' ? '' : schemaOf(types)}</wsdl:types>
  ${messages}
  <wsdl:portType name="PT">${operations}</wsdl:portType>
  <wsdl:binding name="B" type="t:PT">
    <soap:binding style="${style}" transport="http://schemas.xmlsoap.org/soap/http"/>
    ${bound}
  </wsdl:binding>
  <wsdl:service name="OrderService"><wsdl:port name="P" binding="t:B"><soap:address location="${address}"/></wsdl:port></wsdl:service>
</wsdl:definitions>`
}

/** An operation of document/literal with the messages NAMEIn and NAMEOut, whose elements are NAME and NAMEResponse. */
export function documentOperation(
  name: string,
  extra: { readonly header?: string; readonly fault?: string } = {},
) {
  const { header = '', fault } = extra
  return {
    messages: `<wsdl:message name="${name}In"><wsdl:part name="parameters" element="t:${name}"/></wsdl:message>
      <wsdl:message name="${name}Out"><wsdl:part name="parameters" element="t:${name}Response"/></wsdl:message>`,
    operation: `<wsdl:operation name="${name}"><wsdl:input message="t:${name}In"/><wsdl:output message="t:${name}Out"/>${
      fault ? `<wsdl:fault name="${fault}" message="t:${fault}"/>` : ''
    }</wsdl:operation>`,
    bound: `<wsdl:operation name="${name}"><soap:operation soapAction="urn:t/${name}"/>
      <wsdl:input>${header}<soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation>`,
  }
}
