# Travel mode choice (../data/modechoice.csv): 210 people, four modes.
# By R 4.2.2: nnet 7.3-18 (multinom, run to reltol 1e-14), survival 3.5-3 (clogit, one chosen of a set;
# errors robust to people).
suppressMessages({library(jsonlite); library(nnet); library(survival)})
d <- read.csv("../data/modechoice.csv"); d$mode <- factor(d$mode, labels = c("air", "train", "bus", "car")); d$on <- factor(d$mode, c("car", "air", "bus", "train"))
went <- subset(d, choice == 1); went$mode <- relevel(went$mode, "car")
m <- multinom(mode ~ hinc, went, trace = FALSE, maxit = 1000, abstol = 1e-14, reltol = 1e-14, Hess = TRUE)
for (k in c("air", "bus", "train")) d[[paste0("hinc_", k)]] <- d$hinc * (d$mode == k)
cl <- function(f) { s <- clogit(update(f, . ~ . + cluster(individual)), d, method = "efron", control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50)); t <- summary(s)$coefficients
  list(term = rownames(t), est = unname(t[, 1]), se = unname(t[, 4]), loglik = s$loglik[2]) }
out <- list(multinom_income = list(option = rownames(coef(m)), est = unname(coef(m)), se = unname(summary(m)$standard.errors), loglik = as.numeric(logLik(m))),
            conditional = cl(choice ~ gc + ttme + strata(individual)), constants = cl(choice ~ gc + ttme + on + strata(individual)),
            mixed_variables = cl(choice ~ gc + ttme + on + hinc_air + hinc_bus + hinc_train + strata(individual)))
write(toJSON(out, digits = NA, auto_unbox = TRUE), "values.json")
