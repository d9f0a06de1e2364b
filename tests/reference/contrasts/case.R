# Group contrasts, ordered groups, simple slopes and moderated mediation by R 4.2.2 (stats), emmeans 1.8.4 and
# sandwich; Games-Howell from ptukey, Jonckheere's statistic and its variance with ties written out (Hollander & Wolfe).
suppressMessages({library(jsonlite); library(emmeans); library(sandwich)})
s <- read.csv("../data/factorial_sim.csv"); s$outcome <- factor(s$outcome, c("worse", "as", "better"))
m <- lm(sat ~ factor(cop) * outcome * factor(choice), s); em <- emmeans(m, ~ cop * choice | outcome)
cc <- contrast(em, list(no = c(-1, 1, 0, 0), yes = c(0, 0, -1, 1), softens = c(1, -1, -1, 1)))
pooled <- as.data.frame(summary(cc, by = NULL, adjust = "none")); pooled$holm <- p.adjust(pooled$p.value, "holm")
welch <- do.call(rbind, lapply(levels(s$outcome), function(o) { q <- subset(s, outcome == o)
  cell <- with(q, paste(cop, choice)); mm <- tapply(q$sat, cell, mean); v <- tapply(q$sat, cell, var) / table(cell)
  L <- c("0 0" = 1, "1 0" = -1, "0 1" = -1, "1 1" = 1)[names(mm)]; nn <- as.numeric(table(cell)); est <- sum(L * mm)
  se <- sqrt(sum(L^2 * v)); df <- se^4 / sum((L^2 * v)^2 / (nn - 1)); data.frame(est, se, df, p = 2 * pt(-abs(est / se), df)) }))
L <- matrix(0, 1, 12); L[2] <- 1; hc3 <- sqrt(L %*% vcovHC(m, "HC3") %*% t(L))
ms <- lm(sat ~ C(factor(cop), sum) * C(outcome, sum) * C(factor(choice), sum), s)
type3 <- drop1(ms, . ~ ., test = "F")[-1, ]
tt <- t.test(sat ~ cop, s); ow <- oneway.test(sat ~ outcome, s); an <- anova(lm(sat ~ outcome, s))
g <- levels(s$outcome); mm <- tapply(s$sat, s$outcome, mean); vv <- tapply(s$sat, s$outcome, var) / table(s$outcome); nn <- table(s$outcome)
gh <- t(combn(3, 2, function(i) { a <- vv[i[1]]; b <- vv[i[2]]; t <- abs(diff(mm[i])) / sqrt(a + b)
  df <- (a + b)^2 / (a^2 / (nn[i[1]] - 1) + b^2 / (nn[i[2]] - 1)); c(diff(mm[i]), t, df, ptukey(t * sqrt(2), 3, df, lower = FALSE)) }))
a <- read.csv("../data/attitude.csv"); a$high <- a$advance > median(a$advance)
paired <- t.test(a$complaints, a$learning, paired = TRUE); d <- a$complaints - a$learning
mixed <- t.test(d[a$high], d[!a$high])
one <- t.test(a$complaints - .5 * a$learning - .5 * a$raises)
jt <- function(x, g) { k <- sort(unique(g)); s <- 0; for (i in seq_along(k)) for (j in seq_along(k)) if (j > i)
  s <- s + sum(outer(x[g == k[i]], x[g == k[j]], function(a, b) (a < b) + .5 * (a == b)))
  n <- length(x); f <- table(g); u <- table(x); A <- function(v) sum(v * (v - 1) * (2 * v + 5)); B <- function(v) sum(v * (v - 1) * (v - 2)); C <- function(v) sum(v * (v - 1))
  v <- (n * (n - 1) * (2 * n + 5) - A(f) - A(u)) / 72 + B(f) * B(u) / (36 * n * (n - 1) * (n - 2)) + C(f) * C(u) / (8 * n * (n - 1))
  c(statistic = s, variance = v, z = (s - (n^2 - sum(f^2)) / 4) / sqrt(v)) }
th <- read.csv("../data/three_groups_sim.csv"); score <- rowMeans(th[, paste0("fit", 1:4)])
set.seed(3); few <- round(rnorm(9), 3); fg <- rep(1:3, each = 3)
all <- combn(9, 3, simplify = FALSE); null <- unlist(lapply(all, function(i) { r <- setdiff(1:9, i)
  combn(6, 3, function(j) { gg <- rep(3, 9); gg[i] <- 1; gg[r[j]] <- 2; jt(few, gg)[["statistic"]] }) }))
h <- read.csv("../data/modmed_sim.csv"); fa <- lm(attr ~ cop * W, h); fb <- lm(sat ~ attr + cop, h); f14 <- lm(sat ~ attr * W + cop, h)
mo <- lm(attr ~ cop * W, h); mo2 <- lm(rating ~ complaints * learning + raises, a)
tr <- function(m, ...) as.data.frame(summary(emtrends(m, ~ learning, var = "complaints", at = list(learning = mean(a$learning) + c(-1, 0, 1) * sd(a$learning)), ...)))
out <- list(pooled = pooled, welch = welch, hc3 = as.numeric(hc3), type3 = data.frame(ss = type3[["Sum of Sq"]], f = type3[["F value"]], p = type3[["Pr(>F)"]]),
  t = c(tt$statistic, tt$parameter, tt$p.value), oneway = c(ow$statistic, ow$parameter[2], ow$p.value), classical = c(an$F[1], an$`Pr(>F)`[1]), gh = gh,
  paired = c(mean(d), paired$statistic, paired$parameter), mixed = c(mixed$statistic, mixed$parameter, mixed$p.value), one = c(one$statistic, one$p.value),
  jt = jt(score, th$maturity), jt_ties = jt(round(score), th$maturity), few = few, exact = mean(null >= jt(few, fg)[["statistic"]] - 1e-9), exact_down = mean(null <= jt(few, fg)[["statistic"]] + 1e-9),
  classical_slopes = tr(mo2), robust_slopes = tr(mo2, vcov. = vcovHC(mo2, "HC3")),
  first = c(unname(coef(fa)["cop:W"] * coef(fb)["attr"]), (coef(fa)["cop"] + coef(fa)["cop:W"] * (mean(h$W) + c(-1, 0, 1) * sd(h$W))) * coef(fb)["attr"]),
  second = unname(coef(lm(attr ~ cop, h))["cop"] * coef(f14)["attr:W"]))
set.seed(5); n <- nrow(h); bt <- replicate(4000, { i <- sample(n, n, TRUE); A <- .lm.fit(cbind(1, h$cop, h$W, h$cop * h$W)[i, ], h$attr[i])$coefficients
  B <- .lm.fit(cbind(1, h$attr, h$cop)[i, ], h$sat[i])$coefficients; A[4] * B[2] })
out$first_ci <- quantile(bt, c(.025, .975)); out$first_se <- sd(bt)
write(toJSON(out, digits = NA, auto_unbox = TRUE), "values.json")
