import { attributeOf } from '../../message/codec/xml-elements.ts'
import { anyType, textType } from './builtin-types.ts'
import type { AttributeUse, ElementDecl, XsdType } from './components.ts'
import {
  childrenOf,
  type Declarations,
  type Declared,
  documentationOf,
  isTrue,
  lazy,
  simpleTypeNamed,
  typeNamed,
} from './declared.ts'
import { keyOf } from './qname.ts'

/** A global element, or one within a type. */
export function readElement(at: Declared, set: Declarations, isLocal = false): ElementDecl {
  const { node, schema } = at
  const name = attributeOf(node, 'name') ?? ''
  const form = attributeOf(node, 'form') ?? attributeOf(schema.root, 'elementFormDefault')
  const namespace = !isLocal || form === 'qualified' ? schema.targetNamespace : ''
  const type = lazy(() => elementType(at, set))
  const substitutes = lazy(() => (isLocal ? [] : set.substitutesOf(keyOf(namespace, name))))
  return {
    name,
    namespace,
    nillable: isTrue(node, 'nillable'),
    abstract: isTrue(node, 'abstract'),
    documentation: documentationOf(at),
    get type() {
      return type()
    },
    get substitutes() {
      return substitutes()
    },
  }
}

function elementType(at: Declared, set: Declarations): XsdType {
  const [inline] = childrenOf(at, 'complexType', 'simpleType')
  if (inline) return set.typeAt(inline)
  const key = set.named(at, 'type')
  if (key !== undefined) return typeNamed(at, key, set) ?? anyType
  const head = set.named(at, 'substitutionGroup')
  return (head !== undefined && head !== ownKey(at) && set.element(head)?.type) || anyType
}

function ownKey({ node, schema }: Declared): string {
  return keyOf(schema.targetNamespace, attributeOf(node, 'name') ?? '')
}

/** A global attribute, or one within a type. */
export function readAttribute(at: Declared, set: Declarations, isLocal = false): AttributeUse {
  const { node, schema } = at
  const form = attributeOf(node, 'form') ?? attributeOf(schema.root, 'attributeFormDefault')
  const [inline] = childrenOf(at, 'simpleType')
  const type = inline ? set.typeAt(inline) : simpleTypeNamed(at, 'type', set)
  return {
    name: attributeOf(node, 'name') ?? '',
    namespace: !isLocal || form === 'qualified' ? schema.targetNamespace : '',
    type: type?.kind === 'simple' ? type : textType,
    required: attributeOf(node, 'use') === 'required',
  }
}
