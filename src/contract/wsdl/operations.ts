import { attributeOf, type XmlElement } from '../../message/codec/xml-elements.ts'
import type { ElementDecl } from '../xsd/components.ts'
import { splitKey } from '../xsd/qname.ts'
import type { SchemaSet } from '../xsd/schema-set.ts'
import { type Defined, type Definitions, partsOf } from './definitions.ts'
import { MessageReader, type SoapMessage, useOf } from './messages.ts'

/** An operation, as one port offers it. */
export interface SoapOperation {
  readonly service: string
  readonly port: string
  readonly name: string
  /** Key of the port type. */
  readonly portType: string
  readonly version: '1.1' | '1.2'
  readonly style: 'document' | 'rpc'
  /** `soapAction`, '' where there is none. */
  readonly action: string
  readonly input: SoapMessage
  /** Undefined for a one-way operation. */
  readonly output: SoapMessage | undefined
  /** Elements of the details that its faults may have. */
  readonly faults: readonly ElementDecl[]
  readonly documentation: string | undefined
  readonly place: string
}

const soapBindings: Readonly<Record<string, SoapOperation['version']>> = {
  'http://schemas.xmlsoap.org/wsdl/soap/': '1.1',
  'http://schemas.xmlsoap.org/wsdl/soap12/': '1.2',
}

/** The operations of all SOAP ports, in the order of the documents. What cannot be called is noted as a problem. */
export function readOperations(definitions: Definitions, set: SchemaSet): SoapOperation[] {
  const reader = new OperationReader(definitions, set)
  return definitions
    .all('service')
    .flatMap(service => partsOf(service.node, 'port').flatMap(port => reader.port(service, port)))
}

class OperationReader {
  readonly #definitions: Definitions
  readonly #messages: MessageReader
  readonly #told = new Set<XmlElement>()

  constructor(definitions: Definitions, set: SchemaSet) {
    this.#definitions = definitions
    this.#messages = new MessageReader(definitions, set)
  }

  port(service: Defined, node: XmlElement): SoapOperation[] {
    const port = attributeOf(node, 'name') ?? ''
    const binding = this.#definitions.named('binding', service, node, 'binding')
    const soap = binding?.node.children.find(
      child => child.name === 'binding' && Object.hasOwn(soapBindings, child.namespace),
    )
    if (!binding || !soap) {
      if (binding) this.#tell(service, node, `the port ${port} is not bound to SOAP; it is left out`)
      return []
    }
    const portType = this.#definitions.named('portType', binding, binding.node, 'type')
    if (!portType) return []
    const owner = { service: splitKey(service.key).name, port, soap, binding, portType }
    return partsOf(binding.node, 'operation').flatMap(bound => this.#operation(owner, bound))
  }

  #operation({ service, port, soap, binding, portType }: Owner, bound: XmlElement): SoapOperation[] {
    const name = attributeOf(bound, 'name') ?? ''
    const abstract = this.#abstract(portType, bound, name)
    if (!abstract) {
      this.#tell(binding, bound, `${portType.key} has no operation ${name}; it is left out`)
      return []
    }
    const encoded = ['input', 'output'].some(part => useOf(partsOf(bound, part)[0]) === 'encoded')
    const hindrance = hindranceOf(abstract, encoded)
    if (hindrance) this.#tell(binding, bound, `the operation ${name} is not supported: ${hindrance}`)
    if (hindrance) return []
    const own = bound.children.find(child => child.name === 'operation' && child.namespace === soap.namespace)
    const style = (own && attributeOf(own, 'style')) ?? attributeOf(soap, 'style')
    return [
      {
        service,
        port,
        name,
        portType: portType.key,
        version: soapBindings[soap.namespace] ?? '1.1',
        action: (own && attributeOf(own, 'soapAction')) ?? '',
        ...this.#messagesOf(
          { portType, binding, abstract, bound },
          style === 'rpc' ? 'rpc' : 'document',
          name,
        ),
        faults: partsOf(abstract, 'fault').flatMap(fault => this.#messages.detail(portType, fault)),
        documentation: partsOf(abstract, 'documentation')[0]?.text.replace(/\s+/g, ' ').trim() || undefined,
        place: `${binding.location}:${bound.line}`,
      },
    ]
  }

  #messagesOf(
    { portType, binding, abstract, bound }: Bound,
    style: SoapOperation['style'],
    name: string,
  ): Pick<SoapOperation, 'style' | 'input' | 'output'> {
    const read = (direction: 'input' | 'output', wrapper: string) => {
      const [message] = partsOf(abstract, direction)
      const [written] = partsOf(bound, direction)
      const around = style === 'rpc' ? wrapper : undefined
      return message && this.#messages.read(portType, message, binding, written, around)
    }
    const input = read('input', name) ?? { body: [], headers: [] }
    return { style, input, output: read('output', `${name}Response`) }
  }

  /** Of operations of one name, that whose input has the name that the binding gives. */
  #abstract(portType: Defined, bound: XmlElement, name: string): XmlElement | undefined {
    const named = partsOf(portType.node, 'operation').filter(each => attributeOf(each, 'name') === name)
    const inputOf = (node: XmlElement) => {
      const [input] = partsOf(node, 'input')
      return input && attributeOf(input, 'name')
    }
    return named.find(each => inputOf(each) === inputOf(bound)) ?? named[0]
  }

  /** Once for each place. */
  #tell(at: Defined, node: XmlElement, problem: string): void {
    if (this.#told.has(node)) return
    this.#told.add(node)
    this.#definitions.problem(at, node, problem)
  }
}

interface Owner {
  readonly service: string
  readonly port: string
  readonly soap: XmlElement
  readonly binding: Defined
  readonly portType: Defined
}

/** An operation of a port type, and of a binding. */
interface Bound {
  readonly portType: Defined
  readonly binding: Defined
  readonly abstract: XmlElement
  readonly bound: XmlElement
}

function hindranceOf(abstract: XmlElement, encoded: boolean): string | undefined {
  if (encoded) return 'it is rpc/encoded, whose values only the types of SOAP encoding explain'
  const [first] = abstract.children.filter(({ name }) => name === 'input' || name === 'output')
  if (first?.name === 'output' || !first) return 'the server would call us (notification or solicit-response)'
  return undefined
}
