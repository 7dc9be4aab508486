import type { JsonSchema } from '../model/schema-validator.ts'
import type { EffectKind } from '../system/effect.ts'
import type { Code } from './code.ts'

/** What the description of a system says, read from its documents and told in the words of Isthmus. */
export interface Contract {
  readonly format: 'openapi' | 'wsdl' | 'graphql' | 'odata' | 'xsd' | 'sql' | 'asyncapi' | 'sample'
  readonly title: string
  /** As the document gives it. */
  readonly version?: string | undefined
  /** How such a system is reached; absent where the documents describe data only. */
  readonly connector?: ContractConnector | undefined
  readonly models: readonly ContractModel[]
  readonly channels: readonly ContractChannel[]
  /** What was found, counted by kind in the words of the format: operations, paths, schemas, entity types, ... */
  readonly counts: Readonly<Record<string, number>>
  /** What was found and could not be taken over as it is. What cannot be read at all is an error instead. */
  readonly problems: readonly ContractProblem[]
}

/** `import { factory } from entry`, called with `options`. */
export interface ContractConnector {
  /** `isthmus/rest` */
  readonly entry: string
  /** `rest` */
  readonly factory: string
  readonly options: Readonly<Record<string, Code>>
}

export interface ContractModel {
  /** Letters and digits, unique in the contract. */
  readonly name: string
  /** JSON Schema. It refers to other models of the contract, or to itself, by `{ $ref: '#/$defs/NAME' }`. */
  readonly schema: JsonSchema
  readonly description?: string | undefined
  /** The field that identifies a record, where the documents say so. */
  readonly key?: string | undefined
  /** Where it stands in the documents: `#/components/schemas/Pet`, `{urn:erp}Order`. */
  readonly origin: string
}

export interface ContractChannel {
  /** Lower-case words joined by hyphens, unique in the contract. */
  readonly name: string
  /** The member of the system that makes it: `operation`, `entities`, `call`. */
  readonly factory: string
  /** Sources and sinks are made of a name, a model and options; requesters of a name and options. */
  readonly role: 'source' | 'sink' | 'requester'
  /** Names of models of the contract: what is delivered or sent, and what is answered. */
  readonly model?: string | undefined
  readonly answer?: string | undefined
  /** What a repeat of the call is proposed to do, and the reason. A source has none. */
  readonly effect?:
    | {
        readonly kind: EffectKind
        readonly why: string
        /** The factory knows it itself, and takes no such option. */
        readonly implied?: true | undefined
      }
    | undefined
  /** The other options of the factory. */
  readonly options: Readonly<Record<string, Code>>
  readonly description?: string | undefined
  /** Where it stands in the documents: `POST /pets`, `{urn:erp}PostOrder`. */
  readonly origin: string
}

export interface ContractProblem {
  /** File or URL, with a line where that can be told: `types.xsd:12`. */
  readonly place: string
  readonly problem: string
  /** Something is defined twice, and one of the definitions was left out. */
  readonly duplicate?: true | undefined
}

/** A document, with the way to those that it names. */
export interface ContractDocument {
  /** The path or URL, without credentials. */
  readonly location: string
  readonly body: Uint8Array
  /**
   * Another document, by a reference relative to this one. Rejects with CONTRACT-REFERENCE when it is not there, or
   * lies outside of the folder or origin of the first document.
   */
  load(reference: string): Promise<ContractDocument>
}

/**
 * Rejects with CONTRACT-UNREADABLE, with place and line, for what is no document of the format. `system` is the name
 * that the system will have, `system` where it is not said: settings begin with it.
 */
export type ContractReader = (document: ContractDocument, system?: string) => Promise<Contract>
