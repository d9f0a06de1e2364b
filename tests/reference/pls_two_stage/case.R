# Scores of higher-order and moderated models by seminr 2.3.4, and segments on the latter by flexmix, on ../pls/service_sim.csv.
suppressMessages({library(jsonlite); library(seminr); library(flexmix)})
d <- read.csv("../pls/service_sim.csv"); e <- function(data, ...) suppressMessages(estimate_pls(data, ...))
m <- function(x) list(rows = rownames(x), columns = colnames(x), values = unname(as.matrix(unclass(x))))
one <- function(f) { s <- f$construct_scores; list(correlations = m(cor(s)), first = m(head(s, 6))) }
trust <- composite("trust", multi_items("tr", 1:3)); ease <- composite("ease", multi_items("ea", 1:3)); loyal <- composite("loyal", multi_items("lo", 1:3))
low <- constructs(trust, ease, loyal); high <- constructs(trust, ease, higher_composite("care", c("trust", "ease"), method = two_stage, weights = mode_B), loyal); to <- relationships(paths("care", "loyal"))
with <- c(low, interaction_term(iv = "trust", moderator = "ease", method = two_stage)); by <- relationships(paths(c("trust", "ease", "trust*ease"), "loyal"))
f <- e(d, with, by); out <- list(higher = one(e(d, high, to)), product = one(f))
holed <- d; holed[seq(1, 300, 7), "tr1"] <- NA; holed[seq(3, 300, 5), "ea2"] <- NA; holed[seq(2, 300, 9), "lo1"] <- NA
out$holed <- one(e(holed, with, by, missing = mean_replacement, missing_value = NA))
s <- as.data.frame(f$construct_scores); names(s)[names(s) == "trust*ease"] <- "product"; set.seed(1)
mixed <- stepFlexmix(loyal ~ 0 + trust + ease + product, data = s, k = 2, nrep = 30, verbose = FALSE, control = list(tol = 1e-12, iter = 5000, minprior = 0))
out$segments <- list(loglik = as.numeric(logLik(mixed)), shares = prior(mixed), paths = m(parameters(mixed)))
write(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null"), "values.json")
write(toJSON(list(R = as.character(getRversion()), seminr = as.character(packageVersion("seminr")), flexmix = as.character(packageVersion("flexmix"))), auto_unbox = TRUE, pretty = TRUE), "session.json")
