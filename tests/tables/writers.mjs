// Write one small table as a workbook with the libraries that web systems use. Usage: node writers.mjs LIBRARY FILE
import { createRequire } from "node:module";

const [library, file] = process.argv.slice(2);
const require = createRequire(`${process.cwd()}/`);
const rows = [
  ["Pupil", "Possible", "Authorised", "Share"],
  ["A80001", 140, 4, 0.942],
  ["Zoë O’Hara", 138, 0, 0.5],
];

if (library === "xlsx") {
  const xlsx = require("xlsx");
  const sheet = xlsx.utils.aoa_to_sheet(rows);
  for (const cell of ["D2", "D3"]) sheet[cell].z = "0.0%";
  const book = xlsx.utils.book_new();
  xlsx.utils.book_append_sheet(book, sheet, "Export");
  xlsx.writeFile(book, file);
} else {
  const { Workbook } = require("exceljs");
  const book = new Workbook();
  const sheet = book.addWorksheet("Export");
  sheet.addRows(rows);
  sheet.getColumn(4).numFmt = "0.0%";
  await book.xlsx.writeFile(file);
}
