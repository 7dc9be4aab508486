/** The ERP's material master. Prices are standard costs in CNY per base unit, stocks are opening balances. */
export const materials = [
  { code: 'RM-STEEL-304', unit: 'KG', price: '18.6500', stock: '5000000.000' },
  { code: 'RM-ALU-6061', unit: 'KG', price: '24.3075', stock: '3000000.000' },
  { code: 'RM-RESIN-PA66', unit: 'KG', price: '31.9990', stock: '800000.000' },
  { code: 'RM-PIGMENT-K7', unit: 'KG', price: '112.4500', stock: '40000.000' },
  { code: 'PT-BOLT-M8', unit: 'PCS', price: '0.2315', stock: '9000000.000' },
  { code: 'PT-BEARING-6204', unit: 'PCS', price: '9.8700', stock: '2000000.000' },
  { code: 'PT-SEAL-45', unit: 'PCS', price: '1.0525', stock: '4000000.000' },
  { code: 'CB-WIRE-2X1', unit: 'M', price: '3.1450', stock: '6000000.000' },
  { code: 'CB-HOSE-12', unit: 'M', price: '7.7075', stock: '2500000.000' },
] as const

/** What the factory makes, and how many pieces there are at the beginning. */
export const products = [
  { code: 'PUMP-50', stock: 120 },
  { code: 'PUMP-80', stock: 160 },
  { code: 'VALVE-20', stock: 120 },
] as const

/** 1403 raw materials and 5001 production cost of the Chinese chart of accounts. */
export const accounts = ['1403', '5001']
