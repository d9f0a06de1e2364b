# Continuation ratios over four stages; data.csv: 700 people, seed 20240619; P(go on at k) = plogis(a[k] + b[k] net + .3 skill),
# a = 1.2 .6 .3, b = .2 .9 .3. VGAM 1.1-7 cratio(parallel = TRUE) gives the same log likelihood.
json <- function(x) writeLines(jsonlite::toJSON(x, auto_unbox = TRUE, digits = 15), "expected.json")
numbers <- function(fit) { s <- coef(summary(fit)); setNames(lapply(seq_len(nrow(s)), function(k) unname(s[k, 1:2])), rownames(s)) }
d <- read.csv("data.csv")
st <- do.call(rbind, lapply(1:3, function(k) transform(d[d$stage >= k, ], k = k, go = as.integer(stage > k))))
f1 <- glm(go ~ factor(k) + net + skill, binomial, st); f2 <- glm(go ~ factor(k) * net + skill, binomial, st)
lr <- anova(f1, f2, test = "LRT")
json(list(parallel = numbers(f1), specific = numbers(f2), loglik = c(logLik(f1), logLik(f2)), lr = lr$Deviance[2], df = lr$Df[2]))
