/**
 * What the MES knows of materials: its own way of writing their codes, the units its stations weigh and count in, and
 * how much a usual consumption is, in thousandths of the first unit.
 */
export const materials = [
  { code: 'rm-steel-304', units: ['kg', 'KG', 'g', 't'], usual: 40_000 },
  { code: 'RM-Alu-6061', units: ['kg', 'g'], usual: 25_000 },
  { code: 'rm-resin-pa66', units: ['KG', 'g', 't'], usual: 60_000 },
  { code: 'RM-PIGMENT-K7', units: ['kg', 'g'], usual: 1_500 },
  { code: 'pt-bolt-m8', units: ['pcs', 'PCS'], usual: 64_000 },
  { code: 'Pt-Bearing-6204', units: ['pcs'], usual: 8_000 },
  { code: 'pt-seal-45', units: ['pcs'], usual: 16_000 },
  { code: 'CB-Wire-2x1', units: ['m'], usual: 120_000 },
  { code: 'cb-hose-12', units: ['m', 'M'], usual: 30_000 },
] as const

export const workOrders = Array.from({ length: 48 }, (_, n) => ({
  number: `WO-${26_001 + n}`,
  line: `L${(n % 4) + 1}`,
}))

/** Who works at the stations, with the personnel numbers of the HRM. */
export const operators = [
  { number: 'P10001', name: 'Wang Wei' },
  { number: 'P10002', name: 'Li Na' },
  { number: 'P10003', name: 'Zhang Min' },
  { number: 'P10004', name: 'Chen Jie' },
  { number: 'P10005', name: 'Liu Yang' },
]

/** Thousandths of a unit in one unit of the first column: how the stations write the same quantity in other units. */
export const perUnit: Readonly<Record<string, number>> = { g: 1, kg: 1000, t: 1_000_000, pcs: 1000, m: 1000 }
