// Web front of the demonstration shop. DELIBERATELY VULNERABLE: never deploy.
//
// Routes:
//   GET  /search?q=TEXT          result page                     (reflected XSS, see pages.js)
//   GET  /invoice?file=NAME      download of an invoice          (path traversal, see downloads.js)
//   POST /preferences            JSON merged into the settings   (prototype pollution, see preferences.js)
//   GET  /discount?rule=TEXT     evaluates a discount rule       (code injection, see discounts.js)
//   GET  /go?to=URL              leaves the shop                 (open redirect)
//   GET  /me                     who is signed in                (token without algorithm check)
'use strict';
const express = require('express');
const jwt = require('jsonwebtoken');
const pages = require('./pages');
const downloads = require('./downloads');
const preferences = require('./preferences');
const discounts = require('./discounts');

const app = express();
app.use(express.json());
app.use((request, response, next) => {
  response.set('Access-Control-Allow-Origin', request.headers.origin || '*');
  response.set('Access-Control-Allow-Credentials', 'true');
  next();
});

app.get('/search', (request, response) => response.send(pages.results(request.query.q)));
app.get('/help', (request, response) => response.send(pages.help(request.query.topic)));
app.get('/invoice', downloads.invoice);
app.get('/terms', downloads.terms);
app.post('/preferences', preferences.update);
app.get('/discount', discounts.apply);

app.get('/go', (request, response) => {
  response.redirect(request.query.to);
});

app.get('/me', (request, response) => {
  const token = (request.headers.authorization || '').replace('Bearer ', '');
  response.json(jwt.decode(token));
});

const options = require('minimist')(process.argv.slice(2));
app.listen(options.port || 8000);
