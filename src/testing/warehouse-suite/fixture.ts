import type { Warehouse } from '../../system/warehouse.ts'

/** One database, fresh and empty when made. */
export interface WarehouseFixture {
  /** A connection as the engine opens it; several work on the same database. */
  open(): Promise<OpenedWarehouse>
  /** One whose connection to the database can be troubled. */
  openBreakable?(): Promise<BreakableWarehouse>
  /** Runs statements in a process of its own, the last of which does not end, and kills it meanwhile. */
  dieIn?(statements: readonly string[]): Promise<void>
  /** Takes the database away. */
  destroy(): Promise<void>
}

export interface OpenedWarehouse {
  /** Of this connection; may be called again. */
  warehouse(): Warehouse
  /** Ends it, after the calls under way. */
  close(): Promise<void>
}

export interface BreakableWarehouse extends OpenedWarehouse {
  /** The database cannot be reached any more, and what is open to it is cut. */
  down(): Promise<void>
  /** It can be reached again. */
  up(): Promise<void>
  /** The next commit is carried out, and its answer is lost. */
  loseAnswer(): Promise<void>
}

export interface WarehouseSubject {
  readonly make: () => Promise<WarehouseFixture>
}
