import { attributeOf } from '../../message/codec/xml-elements.ts'
import type { Contract, ContractReader } from '../contract.ts'
import { unreadable } from '../open-document.ts'
import { Models } from './models.ts'
import { xsdNamespace } from './qname.ts'
import { rootOf, SchemaDocuments } from './schema-documents.ts'
import { SchemaSet } from './schema-set.ts'

/** Reads a schema with all that it includes and imports. */
export const readXsd: ContractReader = async document => {
  const root = rootOf(document)
  if (root.name !== 'schema' || root.namespace !== xsdNamespace)
    throw unreadable(document.location, `it is no XML schema, but a ${root.name}`, root.line)
  const documents = new SchemaDocuments()
  await documents.add(document, root)
  const set = new SchemaSet(documents.found)
  const models = new Models(set).all()
  const contract: Contract = {
    format: 'xsd',
    title: attributeOf(root, 'targetNamespace') ?? document.location,
    version: attributeOf(root, 'version'),
    models,
    channels: [],
    counts: { ...schemaCounts(set), schemas: documents.found.length },
    problems: set.problems,
  }
  return contract
}

/** What a set declares, by kind. */
export function schemaCounts(set: SchemaSet): Record<string, number> {
  const complexTypes = set.count('complexType')
  const simpleTypes = set.count('simpleType')
  return {
    elements: set.count('element'),
    types: complexTypes + simpleTypes,
    'complex types': complexTypes,
    'simple types': simpleTypes,
    groups: set.count('group'),
    attributes: set.count('attribute'),
    'attribute groups': set.count('attributeGroup'),
  }
}
