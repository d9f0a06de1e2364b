# Choice-based conjoint: 180 people, 8 tasks of 3 alternatives (data.csv, seed 20240620); part-worths price -.8, support .6, design .7,
# none -.4 on average, with standard deviations .5, .6, .7, .4 between people.
suppressMessages({library(survival); library(mlogit)})
d <- read.csv("data.csv"); d$set <- (d$person - 1) * 8 + d$task
cl <- clogit(chosen ~ price + support + design + none + strata(set), d)
cr <- clogit(chosen ~ price + support + design + none + strata(set) + cluster(person), d, method = "efron")
d$chosen <- d$chosen == 1; long <- dfidx(d, choice = "chosen", idx = list(c("set", "person"), "alt"))
mx <- mlogit(chosen ~ price + support + design + none | 0, long, rpar = c(price = "n", support = "n", design = "n", none = "n"),
             R = 200, halton = NA, panel = TRUE)
print(summary(cl)$coefficients, digits = 12); print(cl$loglik, digits = 12); print(summary(cr)$coefficients, digits = 12)
print(summary(mx)$CoefTable, digits = 12); print(logLik(mx), digits = 12)
