# PLS path models by the R package seminr 2.3.4 on simulated answers (service_sim.csv, made below; seed 20261128).
suppressMessages({library(jsonlite); library(seminr)})
set.seed(20261128); n <- 300; rd <- function(x) pmin(7, pmax(1, round(4 + 1.3 * x)))
trust <- rnorm(n); ease <- .5 * trust + sqrt(.75) * rnorm(n)
design <- matrix(rnorm(n * 4), n) + .4 * rnorm(n); quality <- as.numeric(scale(design %*% c(.6, .4, .3, .1)))
sat <- .35 * trust + .25 * ease + .3 * quality + .6 * rnorm(n)
loyal <- .5 * sat + .2 * trust + .15 * sat * ease + .6 * rnorm(n)
items <- function(f, l, name) setNames(as.data.frame(sapply(l, function(a) rd(a * scale(f) + sqrt(1 - a^2) * rnorm(n)))), paste0(name, seq_along(l)))
d <- cbind(items(trust, c(.85, .75, .8), "tr"), items(ease, c(.8, .8, .7), "ea"), setNames(as.data.frame(apply(design, 2, rd)), paste0("qu", 1:4)),
           items(sat, .9, "sat"), items(loyal, c(.8, .85, .75), "lo"), group = rep(0:1, length.out = n))
write.csv(d, "service_sim.csv", row.names = FALSE)
m <- function(x) list(rows = rownames(x), columns = colnames(x), values = unname(as.matrix(unclass(x))))
co <- function(f, mode) constructs(f("trust", multi_items("tr", 1:3)), f("ease", multi_items("ea", 1:3)), composite("quality", multi_items("qu", 1:4), weights = mode_B),
  composite("sat", single_item("sat1")), f("loyal", multi_items("lo", 1:3)))
sm <- relationships(paths(from = c("trust", "ease", "quality"), to = "sat"), paths(from = c("sat", "trust"), to = "loyal"))
take <- function(p) { s <- summary(p); list(paths = m(p$path_coef), weights = m(p$outer_weights), loadings = m(p$outer_loadings), r2 = m(p$rSquared),
  reliability = m(s$reliability), htmt = m(s$validity$htmt), vif = lapply(s$vif_antecedents, function(v) as.list(unlist(v))),
  vif_items = lapply(s$validity$vif_items, function(v) as.list(unlist(v))), total = m(s$total_effects)) }
e <- function(mm, s = sm, ...) suppressMessages(estimate_pls(d, mm, s, ...))
out <- list(pls = take(e(co(composite))), factor = m(e(co(composite), inner_weights = path_factorial)$path_coef), plsc = take(e(co(reflective))))
mi <- function(how) c(co(composite), interaction_term(iv = "sat", moderator = "ease", method = how))
si <- relationships(paths(from = c("trust", "ease", "quality"), to = "sat"), paths(from = c("sat", "trust", "ease", "sat*ease"), to = "loyal"))
out$two_stage <- m(e(mi(two_stage), si)$path_coef)
hm <- constructs(composite("trust", multi_items("tr", 1:3)), composite("ease", multi_items("ea", 1:3)), higher_composite("care", c("trust", "ease"), method = two_stage, weights = mode_B),
  composite("sat", single_item("sat1")), composite("loyal", multi_items("lo", 1:3)))
hs <- relationships(paths(from = "care", to = c("sat", "loyal")), paths(from = "sat", to = "loyal"))
h <- e(hm, hs); out$higher <- list(paths = m(h$path_coef), weights = m(h$outer_weights))
set.seed(7); one <- function() suppressMessages(estimate_pls(d[sample(n, n, TRUE), ], co(composite), sm))$path_coef[cbind(from, to)]
from <- c("trust", "ease", "quality", "sat", "trust"); to <- c("sat", "sat", "sat", "loyal", "loyal"); b <- t(replicate(800, one()))
out$bootstrap <- data.frame(from, to, se = apply(b, 2, sd), lower = apply(b, 2, quantile, .025), upper = apply(b, 2, quantile, .975))
write(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null"), "values.json")
write(toJSON(list(R = as.character(getRversion()), seminr = as.character(packageVersion("seminr"))), auto_unbox = TRUE, pretty = TRUE), "session.json")
