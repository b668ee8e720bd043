'use strict';
const path = require('path');

const invoices = path.join(__dirname, '..', 'invoices');
const terms = { en: 'terms.en.pdf', zh: 'terms.zh.pdf' };

// Planted: `file=../../etc/passwd` leaves the folder.
exports.invoice = (request, response) => {
  response.sendFile(path.join(invoices, request.query.file));
};

// Safe look-alike: the name is chosen from a table.
exports.terms = (request, response) => {
  const name = terms[request.query.language] || terms.en;
  response.sendFile(path.join(invoices, name));
};
