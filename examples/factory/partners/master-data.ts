/** What customers order from the factory: its codes, and the units of EDIFACT. Prices are in CNY per unit. */
export const spareParts = [
  { code: 'PT-BOLT-M8', unit: 'PCE', price: '0.3125' },
  { code: 'PT-BEARING-6204', unit: 'PCE', price: '13.4500' },
  { code: 'PT-SEAL-45', unit: 'PCE', price: '1.4875' },
  { code: 'CB-WIRE-2X1', unit: 'MTR', price: '4.2050' },
  { code: 'CB-HOSE-12', unit: 'MTR', price: '10.3325' },
] as const

/** What the supplier offers to the factory. */
export const articles = [
  { code: 'RM-STEEL-304', name: '不锈钢板 304', price: '18.2000' },
  { code: 'RM-ALU-6061', name: '铝合金 6061', price: '23.9000' },
  { code: 'RM-RESIN-PA66', name: '尼龙树脂 PA66', price: '31.5000' },
  { code: 'RM-PIGMENT-K7', name: '黑色颜料 K7', price: '110.0000' },
  { code: 'PT-BOLT-M8', name: '六角螺栓 M8', price: '0.2200' },
  { code: 'PT-BEARING-6204', name: '深沟球轴承 6204', price: '9.6500' },
  { code: 'PT-SEAL-45', name: '密封圈 <45 毫米>', price: '1.0300' },
  { code: 'CB-WIRE-2X1', name: '电缆 2×1', price: '3.0500' },
  { code: 'CB-HOSE-12', name: '软管 12', price: '7.5500' },
] as const

export const customers = Array.from({ length: 8 }, (_, n) => `C${1001 + n}`)
