# Products, repeated items and groups by seminr 2.3.4, segments by flexmix, polychorics by lavaan, on ../pls/service_sim.csv.
suppressMessages({library(jsonlite); library(seminr)})
d <- read.csv("../pls/service_sim.csv"); m <- function(x) list(rows = rownames(x), columns = colnames(x), values = unname(as.matrix(unclass(x))))
e <- function(...) suppressMessages(estimate_pls(...))
blocks <- constructs(composite("trust", multi_items("tr", 1:3)), composite("ease", multi_items("ea", 1:3)),
  composite("quality", multi_items("qu", 1:4), weights = mode_B), composite("sat", single_item("sat1")), composite("loyal", multi_items("lo", 1:3)))
with <- relationships(paths(c("trust", "ease", "quality"), "sat"), paths(c("sat", "trust", "ease", "trust*ease"), "loyal"))
product <- function(how) e(d, c(blocks, interaction_term(iv = "trust", moderator = "ease", method = how)), with)
out <- list(product = m(product(product_indicator)$path_coef), orthogonal = m(product(orthogonal)$path_coef))
both <- constructs(composite("trust", multi_items("tr", 1:3)), composite("ease", multi_items("ea", 1:3)),
  composite("care", c("tr1", "tr2", "tr3", "ea1", "ea2", "ea3"), weights = mode_B), composite("loyal", multi_items("lo", 1:3)))
out$repeated <- m(e(d, both, relationships(paths(c("trust", "ease"), "care"), paths("care", "loyal")))$path_coef)
plain <- relationships(paths(c("trust", "ease", "quality"), "sat"), paths(c("sat", "trust"), "loyal"))
set.seed(11); g <- estimate_pls_mga(e(d, blocks, plain), d$group == 1, nboot = 2000, cores = 1)
out$mga <- g[, c("source", "target", "group1_beta", "group2_beta", "pls_mga_p")]
suppressMessages(library(flexmix))
score <- function(x) as.numeric(scale(x)); f <- e(d, constructs(composite("x", multi_items("tr", 1:3)), composite("z", multi_items("ea", 1:3)),
  composite("y", multi_items("lo", 1:3))), relationships(paths(c("x", "z"), "y")))
scores <- as.data.frame(f$construct_scores); set.seed(1)
mixed <- stepFlexmix(y ~ 0 + x + z, data = scores, k = 2, nrep = 30, verbose = FALSE, control = list(tol = 1e-12, iter = 5000, minprior = 0))
out$segments <- list(loglik = as.numeric(logLik(mixed)), paths = m(parameters(mixed)), shares = prior(mixed))
suppressMessages(library(lavaan)); items <- setdiff(names(d), "group")
out$polychoric <- m(unclass(lavCor(d[items], ordered = items)))
write(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null"), "values.json")
write(toJSON(list(R = as.character(getRversion()), seminr = as.character(packageVersion("seminr")), flexmix = as.character(packageVersion("flexmix")), lavaan = as.character(packageVersion("lavaan"))), auto_unbox = TRUE, pretty = TRUE), "session.json")
